/** What takes so long will never be: longer than a page's own deadline with all its resends, and the way to the page's host after it. */
export const NEVER_MS = 180_000
