/*
 * A catalog says a number, not a currency; a shop names its own when it builds the page
 * (VITE_CURRENCY=EUR). Without one the number stands alone.
 */
export function moneyFormat(currency?: string): Intl.NumberFormat {
  return currency
    ? new Intl.NumberFormat('en-US', { style: 'currency', currency })
    : new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

const format = moneyFormat(import.meta.env.VITE_CURRENCY);

export function money(price: number | null): string {
  return price === null ? '' : format.format(price);
}
