import { expect, it } from 'vitest';
import { money, moneyFormat } from './money';

it('writes two decimals and no currency unless the shop names one', () => {
  expect(money(1234.5)).toBe('1,234.50');
  expect(money(null)).toBe('');
  expect(moneyFormat('EUR').format(20)).toBe('€20.00');
});
