import { useEffect, useRef, type RefObject } from 'react';

/** When `shown` in a part of the page changes, moves the focus to its first heading, so keyboard and screen reader continue there. */
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
