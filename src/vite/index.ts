export { type ChatkeepPluginOptions, chatkeep } from './chatkeep.ts'
