import tseslint from 'typescript-eslint';

// Imports flow one way: app -> features -> shared (components, lib).
const forbid = (group, message) => ({ 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] });

export default tseslint.config(
  ...tseslint.configs.recommended,
  { files: ['src/features/**'], rules: forbid(['@/app/*'], 'A feature must not import the app.') },
  {
    files: ['src/components/**', 'src/lib/**'],
    rules: forbid(['@/app/*', '@/features/*'], 'Shared code must not import the app or a feature.'),
  },
);
