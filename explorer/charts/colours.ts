import { useSyncExternalStore } from 'react';

/** Colours for canvases, which do not inherit the page's style. */
export interface Colours {
  readonly line: string;
  readonly fill: string;
  readonly text: string;
  readonly grid: string;
  readonly font: string;
}

/** The page's colours, light or dark by the reader's setting. */
export function useColours(): Colours {
  return useSyncExternalStore(subscribe, colours);
}

const dark = matchMedia('(prefers-color-scheme: dark)');
let known: Colours | undefined;

function subscribe(listener: () => void): () => void {
  const change = (): void => {
    known = undefined;
    listener();
  };
  dark.addEventListener('change', change);
  return () => dark.removeEventListener('change', change);
}

function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  known ??= {
    line: style.getPropertyValue('--chart-line').trim(),
    fill: style.getPropertyValue('--chart-fill').trim(),
    text: style.getPropertyValue('--pico-muted-color').trim(),
    grid: style.getPropertyValue('--pico-muted-border-color').trim(),
    font: `11px ${style.getPropertyValue('--pico-font-family-sans-serif').trim()}`,
  };
  return known;
}
