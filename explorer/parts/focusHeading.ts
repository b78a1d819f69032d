/** Moves the focus to the first heading of a part of the page that took another's place: keyboard and screen reader go on there. */
export function focusHeading(part: HTMLElement | null): void {
  const heading = part?.querySelector<HTMLElement>('h1, h2');
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}
