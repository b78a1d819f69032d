import { useId, type KeyboardEvent, type ReactNode } from 'react';

export interface SendFieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  /** Why the value is wrong. */
  readonly trouble: string | undefined;
  /** `amount`: phones show a keyboard of digits. `address`: shown whole, on more than one line. */
  readonly kind?: 'text' | 'amount' | 'address';
  readonly onChange: (value: string) => void;
}

/** One field of a form, with its error. */
export function SendField(props: SendFieldProps): ReactNode {
  const { name, label, value, placeholder, trouble, kind = 'text', onChange } = props;
  const id = useId();
  const shared = {
    id,
    name,
    value,
    placeholder,
    autoComplete: 'off',
    spellCheck: false,
    'aria-invalid': trouble === undefined ? undefined : true,
    'aria-describedby': `${id}-trouble`,
    onChange: ({ target }: { readonly target: { readonly value: string } }) => onChange(target.value),
  };
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      {kind === 'address' ? (
        <textarea {...shared} rows={2} className="address" onKeyDown={submitOnEnter} />
      ) : (
        <input {...shared} inputMode={kind === 'amount' ? 'decimal' : 'text'} />
      )}
      <small id={`${id}-trouble`} role="alert">
        {trouble}
      </small>
    </div>
  );
}

/** As in a field of one line. */
function submitOnEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}
