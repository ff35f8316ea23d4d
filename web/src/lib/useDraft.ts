import { useCallback, useEffect, useRef, useState } from 'react';

/**
 * A field whose value lives elsewhere (the URL): the draft follows every keystroke, and goes out
 * once it has rested for `ms` milliseconds or when `flush` is called. A value that changes for
 * another reason (a link, the back button) replaces the draft.
 */
export function useDraft<T>(value: T, commit: (value: T) => void, ms: number) {
  const [draft, show] = useState(value);
  // What the field holds now. A timer reads this and not the draft it was started for: on a slow
  // machine it may fire after another value came in and before that one is drawn.
  const current = useRef(value);
  // The last value this field took in or gave out: tells its own echo from a change elsewhere.
  const settled = useRef(value);
  const latest = useRef(commit);
  latest.current = commit;

  const setDraft = useCallback((next: T) => {
    current.current = next;
    show(next);
  }, []);

  useEffect(() => {
    if (value === settled.current) return;
    settled.current = value;
    setDraft(value);
  }, [value, setDraft]);

  const flush = useCallback(() => {
    if (current.current === settled.current) return;
    settled.current = current.current;
    latest.current(current.current);
  }, []);

  useEffect(() => {
    const timer = setTimeout(flush, ms);
    return () => clearTimeout(timer);
  }, [draft, ms, flush]);

  return { draft, setDraft, flush };
}
