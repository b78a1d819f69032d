import { useEffect, useRef, type RefObject } from 'react';

/** For a part of the page: when `shown` in it changes, the focus moves to its first heading, so keyboard and screen reader go on there. */
export function useFocusedPart(shown: unknown): RefObject<HTMLDivElement | null> {
  const part = useRef<HTMLDivElement>(null);
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    const heading = part.current?.querySelector<HTMLElement>('h1, h2');
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus();
  }, [shown]);
  return part;
}
