/**
 * AI SDK's schema library asks `new Function` whether it may compile its checks. Under this page's policy it may not, and the
 * question alone is reported as a violation, so it is told beforehand. Has to be evaluated before `ai` is.
 */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } })

export {}
