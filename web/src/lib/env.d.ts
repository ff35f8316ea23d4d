interface ImportMetaEnv {
  /** ISO 4217 code of the shop's currency, at build time; none: prices are plain numbers. */
  readonly VITE_CURRENCY?: string;
}
