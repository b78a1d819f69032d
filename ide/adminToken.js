import { createElement, useState } from 'react';

const KEY = 'corrente:admin-token';

/** The token that the operator put into the field; else empty. The browser forgets it with the tab. */
export const adminToken = () => sessionStorage.getItem(KEY) ?? '';

/** The field for the token, which the page sends with every operation. */
export function AdminTokenField() {
  const [token, setToken] = useState(adminToken);
  const change = ({ target }) => {
    const entered = target.value.trim();
    if (entered) sessionStorage.setItem(KEY, entered);
    else sessionStorage.removeItem(KEY);
    setToken(entered);
  };
  return createElement(
    'label',
    { className: 'admin-token', title: 'The content of admin.token in the data folder of the node' },
    'Admin token',
    createElement('input', {
      type: 'password',
      value: token,
      onChange: change,
      placeholder: 'of the operator',
      // The browser must not offer to keep it.
      autoComplete: 'one-time-code',
      spellCheck: false,
    }),
  );
}
