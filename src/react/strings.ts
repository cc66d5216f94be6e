/** Every text that chatkeep's components show and its hooks explain. Replace any of them through the provider. */
export type ChatkeepStrings = {
  readonly loading: string
  readonly syncOff: string
  readonly synced: string
  readonly syncing: string
  readonly pending: (count: number) => string
  readonly waiting: (count: number) => string
  readonly signedOut: string
  readonly syncError: string
  readonly quarantined: (count: number) => string
}

export const english: ChatkeepStrings = {
  loading: 'Opening your chats',
  syncOff: 'Saved on this device',
  synced: 'Synced',
  syncing: 'Syncing',
  pending: (count) => `${count} to upload`,
  waiting: (count) => (count === 0 ? 'Offline' : `Offline, ${count} to upload`),
  signedOut: 'Not signed in: saved on this device',
  syncError: 'Sync needs attention',
  quarantined: (count) => (count === 1 ? '1 change was refused' : `${count} changes were refused`),
}

export const chinese: ChatkeepStrings = {
  loading: '正在打开对话',
  syncOff: '已保存在本机',
  synced: '已同步',
  syncing: '正在同步',
  pending: (count) => `${count} 项待上传`,
  waiting: (count) => (count === 0 ? '离线' : `离线，${count} 项待上传`),
  signedOut: '未登录：已保存在本机',
  syncError: '同步需要处理',
  quarantined: (count) => `${count} 项更改被拒绝`,
}
