import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SQL_DIALECTS, type SqlDialect } from '../../src/guards/sql/facts.ts';
import { judgeSql } from '../../src/guards/sql/judge.ts';
import { readSql, startSql } from '../../src/guards/sql/sql.ts';

const load = (name: string): unknown => parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const codes = (text: string, dialect: SqlDialect): string[] =>
  judgeSql(readSql(text, dialect)).map((finding) => finding.code);

beforeAll(startSql);

interface Bypasses {
  readonly about: string;
  readonly finds: string;
  readonly [dialect: string]: string | readonly string[];
}

describe.each(['sql-bypasses.yaml', 'sql-second-batch.yaml'])('%s', (file) => {
  for (const group of load(file) as Bypasses[]) {
    for (const [key, texts] of Object.entries(group)) {
      if (typeof texts === 'string') continue;
      const own = (name: string): boolean => name === key || (name === 'any' && group.finds !== 'sql.unparsed');
      const dialects = key === 'any_dialect' ? SQL_DIALECTS : SQL_DIALECTS.filter(own);
      const cases = texts.flatMap((text) => dialects.map((dialect) => [dialect, text] as const));
      it.each(cases)(`${group.about}: %s %j`, (dialect, text) => {
        const found = codes(text, dialect);
        // A dialect that has no such construct cannot read it, which stops it just as well.
        const foreign = key === 'any_dialect' || dialect === 'any';
        const wanted = (code: string): boolean => group.finds === 'any' || foreign || code === group.finds;
        expect(found.filter(wanted)).not.toEqual([]);
      });
    }
  }
});

interface Ordinary {
  readonly dialect: SqlDialect;
  readonly own_only?: boolean;
  readonly texts: readonly string[];
}

describe.each(['sql-ordinary.yaml', 'sql-second-batch-ordinary.yaml'])('%s', (file) => {
  for (const group of load(file) as Ordinary[]) {
    it.each(group.texts.map((text) => [text]))(`${group.dialect}: %j passes`, (text) => {
      expect(judgeSql(readSql(text, group.dialect))).toEqual([]);
    });
    if (group.own_only === true) continue;
    it.each(group.texts.map((text) => [text]))(`any: %j passes`, (text) => {
      expect(judgeSql(readSql(text, 'any'))).toEqual([]);
    });
  }
});
