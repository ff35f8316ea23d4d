import { useCallback, useEffect, useRef, useState } from 'react';

/**
 * A field whose value lives elsewhere (the URL): the draft follows every keystroke, and goes out
 * once it has rested for `ms` milliseconds or when `flush` is called. A value that changes for
 * another reason (a link, the back button) replaces the draft.
 */
export function useDraft<T>(value: T, commit: (value: T) => void, ms: number) {
  const [draft, setDraft] = useState(value);
  // The last value this field took in or gave out: tells its own echo from a change elsewhere.
  const settled = useRef(value);
  const latest = useRef(commit);
  latest.current = commit;

  useEffect(() => {
    if (value === settled.current) return;
    settled.current = value;
    setDraft(value);
  }, [value]);

  const flush = useCallback((next: T) => {
    if (next === settled.current) return;
    settled.current = next;
    latest.current(next);
  }, []);

  useEffect(() => {
    const timer = setTimeout(() => flush(draft), ms);
    return () => clearTimeout(timer);
  }, [draft, ms, flush]);

  return { draft, setDraft, flush: () => flush(draft) };
}
