import { createChatkeep, createChatkeepHook } from './chatkeep.ts'
import type { Contender } from './contender.ts'
import { createDexie } from './dexie.ts'
import { createIdb } from './idb.ts'
import { createConversations } from './messages.ts'
import { createRaw } from './raw.ts'
import { conversationFor, seed, streamAnswer, workloads } from './workloads.ts'

const makers: Readonly<Record<string, () => Contender>> = {
  raw: createRaw,
  idb: createIdb,
  dexie: createDexie,
  chatkeep: () => createChatkeep(),
  'chatkeep-hook': createChatkeepHook,
}

function contenderNamed(name: string): Contender {
  const make = makers[name]
  if (make === undefined) throw new Error(`There is no contender ${name}.`)
  return make()
}

const databasesOf = (contender: string) => {
  const name = contender.replace('-hook', '')
  return { main: `bench-${name}`, queue: `bench-queue-${name}`, list: `bench-list-${name}` }
}

/** What the runner calls. */
const bench = {
  seed: (name: string, rounds: number) => seed(contenderNamed(name), databasesOf(name), rounds),
  /** Opens and uses everything once: connections, worker, code. What the rows read is not touched. */
  warm: async (name: string) => {
    const contender = contenderNamed(name)
    await contender.open(databasesOf(name).list)
    await contender.open(databasesOf(name).queue, true)
    await contender.loadNewest(conversationFor('append', 0), 20)
    await contender.open(databasesOf(name).main)
    for (let turn = 0; turn < 3; turn++) await contender.loadNewest(conversationFor('append', 0), 20)
  },
  run: async (workload: string, name: string, round: number) => {
    const work = workloads[workload]
    if (work === undefined) throw new Error(`There is no workload ${workload}.`)
    return work({ contender: contenderNamed(name), databases: databasesOf(name), round })
  },
  stream: (name: string, round: number, durationMs: number) =>
    streamAnswer(name === 'nothing' ? undefined : contenderNamed(name), {
      ...{ id: `stream-${round}-${name}`, databases: databasesOf(name), round, durationMs },
    }),
  /** Imports so many messages, a thousand to a conversation; ids continue after `from`. */
  fill: async (name: string, from: number, count: number) => {
    const contender = contenderNamed(name)
    await contender.open('disk')
    for (let start = from; start < from + count; start += 10_000) {
      await contender.import(createConversations(`disk-${start}`, Math.min(10, count / 1_000), 1_000, start))
    }
  },
}

export type Bench = typeof bench
Object.assign(globalThis, { bench })
