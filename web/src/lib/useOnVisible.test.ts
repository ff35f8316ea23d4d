// @vitest-environment jsdom
import { renderHook } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useOnVisible } from './useOnVisible';

type Report = (entries: { isIntersecting: boolean }[]) => void;

let observers: { report: Report; watching: boolean }[];

beforeEach(() => {
  observers = [];
  class Observer {
    private mine: (typeof observers)[number];
    constructor(report: Report) {
      this.mine = { report, watching: false };
      observers.push(this.mine);
    }
    observe = () => (this.mine.watching = true);
    disconnect = () => (this.mine.watching = false);
  }
  vi.stubGlobal('IntersectionObserver', Observer);
});
afterEach(() => void vi.unstubAllGlobals());

function setUp() {
  const seen = vi.fn();
  const element = { current: document.createElement('div') };
  const hook = renderHook(({ enabled }) => useOnVisible(element, enabled, seen), {
    initialProps: { enabled: true },
  });
  return { seen, hook };
}

it('tells of an element that comes into view, not of one that leaves', () => {
  const { seen } = setUp();
  observers[0]!.report([{ isIntersecting: false }]);
  expect(seen).not.toHaveBeenCalled();
  observers[0]!.report([{ isIntersecting: true }]);
  expect(seen).toHaveBeenCalledTimes(1);
});

it('takes the newest when a busy browser reports two at once', () => {
  const { seen } = setUp();
  observers[0]!.report([{ isIntersecting: false }, { isIntersecting: true }]);
  expect(seen).toHaveBeenCalledTimes(1);
  observers[0]!.report([{ isIntersecting: true }, { isIntersecting: false }]);
  expect(seen).toHaveBeenCalledTimes(1);
});

it('watches only while it is wanted', () => {
  const { hook } = setUp();
  hook.rerender({ enabled: false });
  expect(observers.map((o) => o.watching)).toEqual([false]);
  hook.rerender({ enabled: true });
  expect(observers.map((o) => o.watching)).toEqual([false, true]);
});
