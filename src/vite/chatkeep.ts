import type { Plugin, ResolvedConfig } from 'vite'
import { appBuildOf } from './app-build.ts'
import { installedPeers } from './installed-peers.ts'
import { bundleSource, bundleWorker, isSource, readyWorker } from './worker-script.ts'

export type ChatkeepPluginOptions = {
  /**
   * Also caches the app's build, so that the app itself loads without network. The worker then waits for consent
   * (`status.updateReady`, `applyUpdate()`) before a new build takes over. Only in builds. Default false.
   */
  readonly precache?: boolean
  /** Paths that the precaching worker leaves to the network. Default `['/api/']`. */
  readonly networkOnly?: readonly string[]
  /** A worker of your own, as a source file that calls `installChatkeep(self)`. Default: the ready-made one. */
  readonly worker?: string
  /** Name of the worker's file below the base. Never hashed, so that browsers find the next version. Default `sw.js`. */
  readonly fileName?: string
}

/**
 * Gives an app its worker: serves it while developing, emits it beside `index.html` in a build, and tells `register()` where it
 * is. `<base>sw.js` is a classic, self-contained script.
 */
export function chatkeep(options: ChatkeepPluginOptions = {}): Plugin {
  const { precache = false, networkOnly = ['/api/'], fileName = 'sw.js', worker } = options
  let config: ResolvedConfig

  /** Without precaching: an app that is being developed is never answered from a cache. */
  function developmentWorker(): Promise<string> {
    if (worker !== undefined) return bundleWorker(worker, config)
    return isSource() ? bundleSource(config) : readyWorker('sw.js', config)
  }

  return {
    name: 'chatkeep',
    enforce: 'post',

    config: ({ root = '.' }, { command }) => ({
      // Left as it is on the way to the browser, so that the base reaches `register` and the engine stays a chunk of its own.
      ...(command === 'serve'
        ? { optimizeDeps: { exclude: ['chatkeep'], include: [...installedPeers(root)] } }
        : {}),
    }),

    configResolved(resolved) {
      config = resolved
    },

    transform: {
      filter: { code: '__CHATKEEP_WORKER_URL__' },
      handler(code) {
        // Not `define`: that must be known before the base is.
        return {
          code: code.replaceAll('__CHATKEEP_WORKER_URL__', JSON.stringify(config.base + fileName)),
          map: null,
        }
      },
    },

    configureServer(server) {
      const path = new URL(fileName, new URL(server.config.base, 'http://localhost')).pathname
      server.middlewares.use(async (request, response, next) => {
        if (request.url?.split('?')[0] !== path) return next()
        try {
          const script = await developmentWorker()
          response.setHeader('content-type', 'text/javascript')
          response.setHeader('cache-control', 'no-cache')
          response.end(script)
        } catch (error) {
          next(error)
        }
      })
    },

    generateBundle: {
      order: 'post',
      async handler(_output, bundle) {
        if (this.environment.config.consumer !== 'client') return
        const script =
          worker === undefined
            ? await readyWorker(precache ? 'sw-app.js' : 'sw.js', config)
            : await bundleWorker(worker, config)
        const app = precache ? appBuildOf({ bundle, config, networkOnly, fileName }) : undefined
        const source = app === undefined ? script : `self.__CHATKEEP_APP__=${JSON.stringify(app)};\n${script}`
        this.emitFile({ type: 'asset', fileName, source })
      },
    },
  }
}
