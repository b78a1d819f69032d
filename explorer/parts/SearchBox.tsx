import { useEffect, useRef, useState, type SyntheticEvent, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { node } from '../node/connection.js';
import { findPage } from '../node/findPage.js';
import { useAddressPrefix } from '../node/useAddressPrefix.js';

/** Finds a block, a transaction or an account by any of its names. The key / moves the focus here from everywhere. */
export function SearchBox(): ReactNode {
  const [, navigate] = useLocation();
  const prefix = useAddressPrefix();
  const input = useRef<HTMLInputElement>(null);
  const [trouble, setTrouble] = useState('');

  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.select();
      input.current?.focus();
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);

  const search = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const found = await findPage(input.current!.value, prefix, { node });
    setTrouble(found.trouble ?? '');
    if (found.path === undefined) return;
    input.current!.value = '';
    input.current!.blur();
    navigate(found.path);
  };

  return (
    <search>
      <form onSubmit={(event) => void search(event)}>
        <input
          ref={input}
          type="search"
          name="search"
          aria-label="Search by height, block hash, transaction id or address"
          aria-keyshortcuts="/"
          aria-invalid={trouble === '' ? undefined : true}
          aria-describedby="search-trouble"
          placeholder="Height, hash, id or address"
          autoComplete="off"
          spellCheck={false}
          onChange={() => setTrouble('')}
        />
        <kbd aria-hidden="true">/</kbd>
        <small id="search-trouble" role="alert">
          {trouble}
        </small>
      </form>
    </search>
  );
}
