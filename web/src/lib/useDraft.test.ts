// @vitest-environment jsdom
import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useDraft } from './useDraft';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(value = '') {
  const commit = vi.fn();
  const hook = renderHook(({ value }) => useDraft(value, commit, 250), { initialProps: { value } });
  const type = (text: string) => act(() => hook.result.current.setDraft(text));
  const wait = (ms: number) => act(() => void vi.advanceTimersByTime(ms));
  return { commit, hook, type, wait };
}

it('gives out only the text that has come to rest', () => {
  const { commit, type, wait } = setUp();
  type('r');
  wait(200);
  type('red');
  wait(249);
  expect(commit).not.toHaveBeenCalled();
  wait(1);
  expect(commit.mock.calls).toEqual([['red']]);
});

it('flush gives it out at once, and not a second time', () => {
  const { commit, hook, type, wait } = setUp();
  type('red');
  act(() => hook.result.current.flush());
  wait(1000);
  expect(commit.mock.calls).toEqual([['red']]);
});

it('takes a value that changed elsewhere, without giving it back', () => {
  const { commit, hook, type, wait } = setUp('shirt');
  type('shirt blue');
  hook.rerender({ value: 'dress' });
  wait(1000);
  expect(hook.result.current.draft).toBe('dress');
  expect(commit).not.toHaveBeenCalled();
});

it('keeps what is typed after its own text went out', () => {
  const { hook, type, wait } = setUp();
  type('red ');
  wait(250);
  type('red d');
  hook.rerender({ value: 'red ' });
  expect(hook.result.current.draft).toBe('red d');
});
