/** Version and content hash of this build, for example `0.1.0+3f9a1c20`. Replaced at build time; absent when run from source. */
declare const __BUILD__: string
