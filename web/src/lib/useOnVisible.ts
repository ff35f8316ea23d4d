import { useEffect, useRef, type RefObject } from 'react';

/** Calls onVisible when the element is within `margin` of the window; again each time `enabled` returns. */
export function useOnVisible(
  element: RefObject<Element | null>,
  enabled: boolean,
  onVisible: () => void,
  margin = '800px',
) {
  const latest = useRef(onVisible);
  useEffect(() => {
    latest.current = onVisible;
  });
  useEffect(() => {
    if (!element.current || !enabled) return;
    const watch = new IntersectionObserver(
      // A busy browser reports several changes at once, the newest last.
      (changes) => changes.at(-1)?.isIntersecting && latest.current(),
      { rootMargin: margin },
    );
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [element, enabled, margin]);
}
