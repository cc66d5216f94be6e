import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

export default defineConfig({
  define: { __BUILD__: JSON.stringify('test') },
  resolve: {
    alias: [
      { find: /^chatkeep$/, replacement: path('./src/index.ts') },
      { find: /^chatkeep\/(react|ai-sdk|vite|testing)$/, replacement: path('./src/$1/index.ts') },
      { find: /^chatkeep\/(sw|server)$/, replacement: path('./$1/index.ts') },
    ],
  },
  test: {
    testTimeout: 10_000,
    projects: [
      {
        // A test that needs a document says so at its top: // @vitest-environment happy-dom
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['tests/{unit,contract,properties,regressions,simulation}/**/*.test.{ts,tsx}'],
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            checker: 'tsc',
            include: ['tests/types/**/*.test-d.{ts,tsx}'],
            tsconfig: path('./toolchain/typescript/tests.json'),
          },
        },
      },
    ],
  },
})
