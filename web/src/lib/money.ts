const format = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

export function money(price: number | null): string {
  return price === null ? '' : format.format(price);
}
