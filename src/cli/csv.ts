/** One field of a line: an unquoted one without the blanks around it. */
export interface CsvField {
  readonly text: string;
  readonly quoted: boolean;
}

/** One record of a CSV file: its fields, or why it has none. */
export interface CsvRecord {
  /** Line number where it begins, from 1. */
  readonly line: number;
  readonly fields: readonly CsvField[];
  readonly fault?: string;
}

/**
 * Records of a CSV file (RFC 4180) as spreadsheets, PowerShell and R write it: fields in quotes or not, lines that end with CRLF, LF or CR.
 * After a malformed record it goes on in the next line, so that one fault hides no other.
 */
export function parseCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  for (let position = 0, line = 1; position < text.length;) {
    const { record, end } = readRecord(text, position, line);
    records.push(record);
    line += text.slice(position, end).match(/\r\n|\r|\n/g)?.length ?? 0;
    position = end;
  }
  return records;
}

function readRecord(text: string, start: number, line: number): { readonly record: CsvRecord; readonly end: number } {
  const fields: CsvField[] = [];
  for (let position = start; ;) {
    FIELD.lastIndex = position;
    const [all, quoted, plain = ''] = FIELD.exec(text)!;
    const end = position + all.length;
    LINE_END.lastIndex = end;
    const lineEnd = LINE_END.exec(text)?.[0];
    fields.push(
      quoted === undefined
        ? { text: plain.trim(), quoted: false }
        : { text: quoted.replaceAll('""', '"'), quoted: true },
    );
    if (plain.includes('"') || (text[end] !== ',' && lineEnd === undefined)) {
      REST.lastIndex = start;
      const [rest] = REST.exec(text)!;
      const fault = `expected a field with quotes to be in quotes and its quotes doubled, got ${shown(rest.trim())}`;
      return { record: { line, fields: [], fault }, end: start + rest.length };
    }
    if (lineEnd !== undefined) return { record: { line, fields }, end: end + lineEnd.length };
    position = end + 1;
  }
}

/** A text of a file as a message shows it. */
export function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

/** In quotes, with blanks around them, or up to a comma or the end of the line. */
const FIELD = /[ \t]*"((?:[^"]|"")*)"[ \t]*(?=[,\r\n]|$)|([^,\r\n]*)/y;
const LINE_END = /\r\n|\r|\n|$/y;
/** A line with its end. */
const REST = /[^\r\n]*(?:\r\n|\r|\n|$)/y;
const MAX_SHOWN = 120;
