import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { Panel } from '../parts/Panel.js';
import { keepToken } from './adminToken.js';

/** Asks for the admin token. `trouble`: why the node refused the one before. */
export function TokenForm({ trouble }: { readonly trouble: string | undefined }): ReactNode {
  const [token, setToken] = useState('');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (token.trim() !== '') keepToken(token.trim());
  };
  return (
    <Panel title="Admin token">
      <p>
        This page is for who runs the node. Its token is in <code>admin.token</code> in the data folder; one that only
        looks is made by <code>corrente token create NAME --scope read-private</code>. It is kept until this tab is
        closed, and goes to this node alone.
      </p>
      <form onSubmit={submit}>
        <label>
          Token
          <input
            type="password"
            value={token}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={trouble === undefined ? undefined : true}
            aria-describedby="token-trouble"
            onChange={({ target }) => setToken(target.value)}
          />
        </label>
        <small id="token-trouble" role="alert">
          {trouble}
        </small>
        <button type="submit">Use it</button>
      </form>
    </Panel>
  );
}
