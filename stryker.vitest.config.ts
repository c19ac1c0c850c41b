import { defineConfig } from 'vitest/config';

// Mutation testing runs the unit tests of the decision core only.
export default defineConfig({ test: { include: ['src/policy/**/*.test.ts'], exclude: ['src/policy/pattern/**'] } });
