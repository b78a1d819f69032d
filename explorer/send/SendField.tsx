import { useId, type ReactNode } from 'react';

export interface SendFieldProps {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  /** Why the value is refused. */
  readonly trouble: string | undefined;
  /** Phones show digits to type. */
  readonly decimal?: boolean;
  readonly onChange: (value: string) => void;
}

/** One line of a form, with what is wrong with it. */
export function SendField(props: SendFieldProps): ReactNode {
  const { name, label, value, placeholder, trouble, decimal = false, onChange } = props;
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        value={value}
        placeholder={placeholder}
        inputMode={decimal ? 'decimal' : 'text'}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={trouble === undefined ? undefined : true}
        aria-describedby={`${id}-trouble`}
        onChange={({ target }) => onChange(target.value)}
      />
      <small id={`${id}-trouble`} role="alert">
        {trouble}
      </small>
    </div>
  );
}
