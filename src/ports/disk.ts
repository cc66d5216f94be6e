/** How much the browser lets this origin store. */
export interface Disk {
  /** Bytes in use and allowed, of everything that the origin stores; null where the browser does not say. Never rejects. */
  estimate(): Promise<{ readonly usedBytes: number; readonly quotaBytes: number } | null>
}
