import { useEffect, useState, type ReactNode } from 'react';

export interface CopyButtonProps {
  readonly text: string;
  /** Label that names the text: "Copy hash". */
  readonly label: string;
}

/** Copies a text and shows for a moment that it did. */
export function CopyButton({ text, label }: CopyButtonProps): ReactNode {
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), 1_500);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    // Over plain HTTP, browsers give a clipboard only to pages of this machine's own addresses.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (!clipboard) {
      setState('refused');
      return;
    }
    clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('refused'),
    );
  };
  return (
    <button type="button" className="copy" aria-label={`${label} ${text}`} title={TITLES[state]} onClick={copy}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {state === 'copied' && <path d="M3 8.5l3.5 3.5L13 4.5" />}
        {state === 'refused' && <path d="M4 4l8 8M12 4l-8 8" />}
        {state === 'idle' && <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />}
      </svg>
      <span className="visually-hidden" role="status">
        {state === 'idle' ? '' : TITLES[state]}
      </span>
    </button>
  );
}

const TITLES = { idle: 'Copy', copied: 'Copied', refused: 'The browser does not let this page copy' };
