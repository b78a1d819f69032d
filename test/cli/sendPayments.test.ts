import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeText } from '../../src/cli/textFile.js';
import { parsePayments } from '../../src/cli/send/payments.js';
import { developmentAddress, mistyped } from './developmentAddress.js';

const a = developmentAddress(1);
const b = developmentAddress(2);
const parse = (text: string) =>
  parsePayments(decodeText(Buffer.from(text)), 'pay.csv').map(({ line, recipient, amount, memo }) => {
    return [line, recipient.text, amount, memo];
  });
const refused = (text: string, ...expected: RegExp[]) => {
  assert.throws(
    () => parse(text),
    (error: Error & { exitCode?: number }) => {
      assert.equal(error.exitCode, 2);
      for (const pattern of expected) assert.match(error.message, pattern);
      return true;
    },
  );
};

describe('a file of payments', () => {
  for (const [who, text] of [
    ['a spreadsheet, which quotes what it must', `\ufeffAddress,Amount,Memo\r\n${a},1.5,"Salary, Nov"\r\n${b},2,\r\n`],
    [
      'PowerShell, which quotes everything',
      `"address","amount","memo"\r\n"${a}","1.5","Salary, Nov"\r\n"${b}","2",""\r\n`,
    ],
    [
      'R, which quotes text and ends lines with LF',
      `"address","amount","memo"\n"${a}",1.5,"Salary, Nov"\n"${b}",2,""\n`,
    ],
    ['an old Mac, with CR', `ADDRESS,AMOUNT,MEMO\r${a},1.5,"Salary, Nov"\r${b},2\r`],
    ['a person, with blanks', `address , amount , memo\n ${a} , 1.5 , "Salary, Nov" \n ${b},2`],
    [
      'a spreadsheet with empty columns and lines',
      `address,amount,memo,,\n${a},1.5,"Salary, Nov",,\n${b},2,,,\n,,,,\n\n`,
    ],
  ] as const) {
    it(`as it is written by ${who}`, () => {
      assert.deepEqual(parse(text), [
        [2, a, 150_000_000n, 'Salary, Nov'],
        [3, b, 200_000_000n, ''],
      ]);
    });
  }

  it('doubled quotes, digits in quotes, and no header', () => {
    assert.deepEqual(parse(`${a},1,"say ""hi"""\n\n${b},2,"50"\n`), [
      [1, a, 100_000_000n, 'say "hi"'],
      [3, b, 200_000_000n, '50'],
    ]);
  });

  for (const [what, line, expected] of [
    [
      'a decimal comma without quotes',
      `${a},12,50`,
      /expected no memo of digits only .*, got 50: write the amount as 12\.50/,
    ],
    ['thousands', `${a},1,250`, /expected no memo of digits only/],
    ['a decimal comma in quotes', `${a},"12,50"`, /expected coins with a point .*, got "12,50"/],
    ['thousands in quotes', `${a},"1,250.00",x`, /expected coins with a point/],
    ['a decimal comma and a memo', `${a},12,50,memo`, /got 4 fields: an amount has a point/],
    ['semicolons', `${a};12,50;memo`, /with commas between them, got semicolons/],
    ['tabs', `${a}\t12.50\tmemo`, /with commas between them, got tabs/],
    ['a line break in the memo', `${a},1,"one\ntwo"`, /expected a memo in one line, got "one\\ntwo"/],
    ['an open quote', `${a},1,"one`, /expected a field with quotes to be in quotes .*, got "/],
    ['a quote in the middle', `${a},1,one "two"`, /expected a field with quotes to be in quotes/],
    ['text after a quote', `${a},1,"one" two`, /expected a field with quotes to be in quotes/],
    ['the sum', 'Total,13.5', /expected an address/],
    ['a sign of currency', `${a},€12.50`, /expected coins/],
    ['an exponent', `${a},1.2E1`, /expected coins/],
    ['a mistyped address', `${mistyped(a)},1`, /checksum/],
    ['a replacement character', `${a},1,M\ufffdller`, /expected text in UTF-8, got the replacement character/],
  ] as const) {
    it(`refuses ${what}, with its line`, () => {
      refused(`${b},1\n${line}\n${b},2\n`, /^pay\.csv: line 2: /, expected, /nothing was sent$/);
    });
  }

  it('lists every malformed line, twenty at most, and how many there are', () => {
    refused(
      `${a},x\n${b},1\n"${a},1\n${b},\n`,
      /^pay\.csv: 3 lines are malformed; nothing was sent\n {2}line 1: .*\n {2}line 3: .*\n {2}line 4: .*$/,
    );
    refused(`${a},x\n`.repeat(25), /^pay\.csv: 25 lines .*\n {2}line 20: [^\n]*\n {2}and 5 more$/s);
  });

  it('has 1 to 10000 payments', () => {
    for (const text of ['', '\n', 'address,amount\r\n,,\r\n']) refused(text, /expected 1 to 10000 payments, got 0$/);
    refused(`${a},1\n`.repeat(10_001), /got 10001: split the file/);
  });
});
