import type { Got } from '../upstreams/scripted-http.ts';
import { pick, type Random } from './spoiled-requests.ts';

/** What an upstream does with a call. `right`: the answer has to arrive; `wrong`: it must not; `either`: by chance. */
export interface SpoiledAnswer {
  readonly name: string;
  readonly verdict: 'right' | 'wrong' | 'either';
  answer(got: Got, mark: string, random: Random): void;
}

/** So a server refuses a message that it did not read: the gateway may try to speak to it anew, and send it again. */
export const UNREAD = 'an HTTP refusal';

const WRONG = ['null', '7', '"text"', 'true', '[]', '[{}]', '{"a":1}', '1e999'];
const NOISE = '{}[]",:\\0019ae\n\t\u0000/*x'.split('');
const BROKEN_UTF8 = [[0xff], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]];
const LARGE = 'x'.repeat(60_000);

function envelope({ message }: Got, text: string, more = ''): string {
  const content = JSON.stringify([{ type: 'text', text: `${text} wörk ✓ 𝄞` }]);
  return `{"jsonrpc":"2.0","id":${JSON.stringify(message['id'])},"result":{"content":${content}${more}}}`;
}

/** Writes bytes in pieces cut anywhere, through characters too. */
function inPieces(got: Got, type: string, text: string, random: Random): void {
  const bytes = Buffer.from(text);
  got.res.writeHead(200, { 'content-type': type });
  const write = (from: number): void => {
    if (from >= bytes.length || got.res.destroyed) return void got.res.end();
    const to = from + 1 + random(bytes.length);
    got.res.write(bytes.subarray(from, to));
    setImmediate(write, to);
  };
  write(0);
}

const json = (got: Got, body: string | Buffer): void =>
  void got.res.writeHead(200, { 'content-type': 'application/json' }).end(body);

const JSON_TYPE = 'application/json';
const STREAM = 'text/event-stream';

export const ANSWERS: readonly SpoiledAnswer[] = [
  { name: 'as it should be', verdict: 'right', answer: (got, mark) => json(got, envelope(got, mark)) },
  {
    name: 'in pieces',
    verdict: 'right',
    answer: (got, mark, random) => inPieces(got, JSON_TYPE, envelope(got, mark), random),
  },
  {
    name: 'a stream in pieces',
    verdict: 'right',
    answer: (got, mark, random) => inPieces(got, STREAM, `: hello\n\ndata: ${envelope(got, mark)}\n\n`, random),
  },
  {
    name: 'numbers that nobody can hold',
    verdict: 'right',
    answer: (got, mark) => json(got, envelope(got, mark, ',"n":[9007199254740993,1e400,-0,0.1]')),
  },
  {
    name: 'spoiled',
    verdict: 'either',
    answer(got, mark, random) {
      const text = envelope(got, mark);
      const at = random(text.length);
      json(got, text.slice(0, at) + pick(random, NOISE) + text.slice(at + random(3)));
    },
  },
  {
    name: 'cut off',
    verdict: 'wrong',
    answer(got, mark, random) {
      const text = envelope(got, mark);
      json(got, text.slice(0, random(text.length - 1)));
    },
  },
  {
    name: 'broken UTF-8',
    verdict: 'wrong',
    answer(got, mark, random) {
      const bytes = Buffer.from(envelope(got, mark));
      const at = bytes.indexOf('wörk') + random(4);
      json(got, Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(random, BROKEN_UTF8)), bytes.subarray(at)]));
    },
  },
  {
    name: 'a wrong type',
    verdict: 'wrong',
    answer(got, mark, random) {
      const key = pick(random, ['jsonrpc', 'id', 'result']);
      json(got, envelope(got, mark).replace(new RegExp(`"${key}":(?:"2.0"|\\d+|\\{.*\\}(?=\\}))`), `"${key}":null`));
    },
  },
  {
    name: 'a result of a wrong type',
    verdict: 'wrong',
    answer: (got, _, random) =>
      json(
        got,
        `{"jsonrpc":"2.0","id":${JSON.stringify(got.message['id'])},"result":${pick(random, WRONG.slice(0, 6))}}`,
      ),
  },
  {
    name: 'the id of another call',
    verdict: 'wrong',
    answer(got, mark, random) {
      const { message } = got;
      const id = Number(message['id']) + 1 + random(3);
      json(got, envelope({ ...got, message: { ...message, id } }, mark));
    },
  },
  {
    name: 'deep nesting',
    verdict: 'wrong',
    answer(got, mark, random) {
      const depth = 129 + random(50_000);
      json(got, envelope(got, mark, `,"d":${'['.repeat(depth)}${']'.repeat(depth)}`));
    },
  },
  {
    name: 'a large body',
    verdict: 'wrong',
    answer: (got, mark) => json(got, envelope(got, mark, `,"x":"${LARGE}"`)),
  },
  {
    name: 'a stream that claims to be a body',
    verdict: 'wrong',
    answer: (got, mark, random) => inPieces(got, JSON_TYPE, `data: ${envelope(got, mark)}\n\n`, random),
  },
  {
    name: 'a body that claims to be a stream',
    verdict: 'wrong',
    answer: (got, mark, random) => inPieces(got, STREAM, envelope(got, mark), random),
  },
  {
    name: 'an HTTP error',
    verdict: 'wrong',
    answer: (got, mark, random) => got.raw(pick(random, [302, 401, 403, 429, 500, 503]), JSON_TYPE, mark),
  },
  {
    name: UNREAD,
    verdict: 'wrong',
    answer: (got, mark, random) => got.raw(pick(random, [400, 404, 405]), JSON_TYPE, mark),
  },
  { name: 'a connection that breaks', verdict: 'wrong', answer: (got) => void got.req.socket.destroy() },
  {
    name: 'half an answer, then the end',
    verdict: 'wrong',
    answer(got, mark) {
      const text = envelope(got, mark);
      got.res.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': String(Buffer.byteLength(text)) });
      got.res.write(text.slice(0, text.length / 2), () => got.req.socket.end());
    },
  },
  {
    name: 'half an answer, then silence',
    verdict: 'wrong',
    answer: (got, mark) =>
      void got.res.writeHead(200, { 'content-type': JSON_TYPE }).write(envelope(got, mark).slice(9)),
  },
  { name: 'silence', verdict: 'wrong', answer: () => undefined },
];
