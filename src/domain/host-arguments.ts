import * as v from 'valibot'
import type { HostService } from './host-service.ts'
import { isId } from './ids.ts'
import { checkArgument } from './refused-argument.ts'

const id = v.custom<string>(isId, 'must be an id: 1 to 200 characters without control characters')
const cloud = v.nullable(
  v.strictObject({
    url: v.pipe(v.string(), v.url(), v.maxLength(2_000)),
    credentials: v.picklist(['cookies', 'token']),
    dialect: v.optional(v.literal('plain')),
  }),
)

const SCHEMAS: Record<keyof HostService, v.GenericSchema> = {
  hello: v.strictObject({}),
  openSession: v.strictObject({ baseName: id }),
  configureCloud: v.strictObject({ baseName: id, cloud }),
  signedIn: v.strictObject({
    baseName: id,
    accountId: id,
    adopt: v.optional(v.boolean()),
    askedAt: v.optional(v.pipe(v.number(), v.finite())),
  }),
  signedOut: v.strictObject({ baseName: id, remove: v.optional(v.boolean()) }),
  removeEverything: v.strictObject({ baseName: id, only: v.optional(id) }),
}

/** The argument of a host call, checked like those of the engine. */
export const parseHostArgument = (method: keyof HostService, argument: unknown): unknown =>
  checkArgument(method, SCHEMAS[method], argument)
