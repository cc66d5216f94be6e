export { type ContractTest, describeStorageContract, type StorageFaults } from './storage-contract.ts'
