import * as v from 'valibot'
import { isId } from './ids.ts'
import { MESSAGE_STATUSES, type MessageValue } from './message.ts'
import { MAX_STAMP } from './operation.ts'

const placeEntries = {
  parentId: v.nullable(v.custom<string>(isId)),
  born: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_STAMP)),
}

const messageValueSchema = v.union([
  v.looseObject({ ...placeEntries, removed: v.literal(true) }),
  v.looseObject({
    ...placeEntries,
    createdAt: v.number(),
    status: v.picklist(MESSAGE_STATUSES),
    message: v.looseObject({ id: v.string(), role: v.string() }),
  }),
])

/** Whether the value of a message register can be placed and shown; what is not is kept and passed on all the same. */
export function isMessageValue(value: unknown): value is MessageValue {
  return v.is(messageValueSchema, value)
}
