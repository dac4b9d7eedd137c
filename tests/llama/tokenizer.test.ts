import { describe, expect, test } from 'vitest';
import { StopScanner } from '../../examples/llama/src/detokenizer.js';
import type { StreamDetokenizer } from '../../examples/llama/src/detokenizer.js';
import { TextTokenizer } from '../../examples/llama/src/tokenizer.js';
import { byteLevelTokenizer, metaspaceTokenizer } from './support.js';

function pieces(stream: StreamDetokenizer, ids: readonly number[]): string[] {
  return [...ids.map((id) => stream.push(id)), stream.flush()];
}

const texts = {
  ascii: 'the cat then sat',
  accents: 'na\u00efve caf\u00e9 \u00fcber',
  euro: 'price 5 \u20ac, 6 \u20ac\u20ac',
  chinese: '\u6f22\u5b57\u3068\u304b\u306a',
  emoji: 'go \u{1f600}\u{1f680} \u{1f469}\u200d\u{1f680} end',
  flags: '\u{1f1e9}\u{1f1ea}\u{1f1ef}\u{1f1f5}',
  long: 'the \u20ac and \u{1f600} '.repeat(40),
  spaces: '  two  spaces \n\n and lines\n',
};

describe('stream › byte-level text comes in whole characters and unchanged', () => {
  const tokenizer = byteLevelTokenizer();
  test.each(Object.entries(texts))('%s', (_, text) => {
    const ids = tokenizer.encode(text);
    expect(tokenizer.decode(ids)).toBe(text);
    const got = pieces(tokenizer.stream(), ids);
    expect(got.join('')).toBe(text);
    for (const piece of got) {
      expect(piece).not.toContain('\uFFFD');
      expect(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(piece)).toBe(false);
    }
  });

  test('the tokens do cut characters: the euro sign is two of them', () => {
    expect(tokenizer.encode('\u20ac')).toHaveLength(2);
    expect(pieces(tokenizer.stream(), tokenizer.encode('\u20ac!'))).toEqual(['', '\u20ac', '!', '']);
  });
});

describe('stream › byte-level after a prompt', () => {
  const tokenizer = byteLevelTokenizer();
  test('a continuation keeps its space, and only the continuation comes out', () => {
    const context = tokenizer.encode('all of the long prompt that was given before');
    expect(pieces(tokenizer.stream(context), tokenizer.encode(' the end')).join('')).toBe(' the end');
  });

  test('a character that the prompt began is completed', () => {
    const ids = tokenizer.encode('5 \u20ac');
    expect(pieces(tokenizer.stream(ids.slice(0, -1)), ids.slice(-1)).join('')).toContain('\u20ac');
  });

  test('bytes that are no UTF-8 come out as U+FFFD, and the text after them unharmed', () => {
    const [lead] = tokenizer.encode('\u20ac');
    const ids = [lead!, ...tokenizer.encode('ok')];
    expect(pieces(tokenizer.stream(), ids).join('')).toBe('\uFFFDok');
    expect(pieces(tokenizer.stream(), [lead!])).toEqual(['', '\uFFFD']);
    const many = Array<number>(100).fill(lead!);
    expect(pieces(tokenizer.stream(), [...many, ...tokenizer.encode('ok')]).join('')).toBe(
      tokenizer.decode(many) + 'ok',
    );
  });

  test('special tokens and ids beyond the vocabulary give no text', () => {
    const the = tokenizer.encode(' the');
    expect(pieces(tokenizer.stream(), [260, ...the, 261, 9999, ...the]).join('')).toBe(' the the');
  });
});

describe('stream › metaspace text with byte fallback', () => {
  const tokenizer = metaspaceTokenizer();
  test.each([
    'hi there',
    'hi  hi hi',
    'caf\u00e9 is \u20ac five',
    '\u{1f600} hi \u6f22\u5b57.',
    `hi ${'so we say hi \u20ac '.repeat(30)}`,
  ])('%j', (text) => {
    const ids = tokenizer.encode(text);
    expect(tokenizer.decode(ids)).toBe(text);
    const got = pieces(tokenizer.stream(), ids);
    expect(got.join('')).toBe(text);
    for (const piece of got) expect(piece).not.toContain('\uFFFD');
  });

  test('the first space is part of the text after a prompt, not at the beginning', () => {
    const ids = tokenizer.encode('hi');
    expect(pieces(tokenizer.stream(), ids).join('')).toBe('hi');
    expect(pieces(tokenizer.stream(ids), ids).join('')).toBe(' hi');
  });
});

describe('stop strings', () => {
  const scan = (stops: string[], chunks: string[]): { shown: string[]; stop: string | undefined; rest: string } => {
    const scanner = new StopScanner(stops);
    const shown: string[] = [];
    for (const chunk of chunks) {
      const { text, stop } = scanner.push(chunk);
      shown.push(text);
      if (stop !== undefined) return { shown, stop, rest: scanner.flush() };
    }
    return { shown, stop: undefined, rest: scanner.flush() };
  };

  test('text that may begin one is held back until it is decided', () => {
    expect(scan(['END'], ['one E', 'N', 'x', ' EN'])).toEqual({
      shown: ['one ', '', 'ENx', ' '],
      stop: undefined,
      rest: 'EN',
    });
  });

  test('neither the stop string nor what follows is shown', () => {
    expect(scan(['END'], ['one E', 'ND two'])).toEqual({ shown: ['one ', ''], stop: 'END', rest: '' });
  });

  test('the first of several wins, by position', () => {
    expect(scan(['cd', 'b'], ['abcd'])).toEqual({ shown: ['a'], stop: 'b', rest: '' });
  });

  test('a beginning inside a beginning is not missed', () => {
    expect(scan(['aab'], ['a', 'a', 'a', 'b'])).toEqual({ shown: ['', '', 'a', ''], stop: 'aab', rest: '' });
  });

  test('an empty stop string never stops', () => {
    expect(scan([''], ['ab'])).toEqual({ shown: ['ab'], stop: undefined, rest: '' });
  });
});

describe('chat template', () => {
  const template =
    "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}{{ eos_token }}{% endfor %}" +
    '{% if add_generation_prompt %}[assistant]{% endif %}';
  const messages = [{ role: 'user', content: 'hi' }];
  const wanted = (tokenizer: TextTokenizer): number[] => [
    260,
    ...tokenizer.encode('[user] hi', false),
    261,
    ...tokenizer.encode('[assistant]', false),
  ];

  test('is rendered with the special tokens, which are encoded as such', () => {
    const tokenizer = byteLevelTokenizer({ bos_token: '<s>', eos_token: { content: '</s>' }, chat_template: template });
    expect(tokenizer.canChat).toBe(true);
    expect(tokenizer.chat(messages)).toEqual(wanted(tokenizer));
  });

  test('chat_template.jinja stands above the config, and of named ones the default is taken', () => {
    const named = [
      { name: 'tools', template: 'no' },
      { name: 'default', template },
    ];
    const config = { bos_token: '<s>', eos_token: '</s>', chat_template: named };
    const fromList = byteLevelTokenizer(config);
    expect(fromList.chat(messages)).toEqual(wanted(fromList));
    const fromFile = byteLevelTokenizer({ ...config, chat_template: 'no' }, template);
    expect(fromFile.chat(messages)).toEqual(wanted(fromFile));
  });

  test('none, a broken one, or one that refuses is a clear error', () => {
    expect(() => byteLevelTokenizer().chat(messages)).toThrow('[chat] the model must have a chat template, got none');
    expect(() => byteLevelTokenizer({}, '{% for %}')).toThrow('[chat template] the template must be valid Jinja, got:');
    const refusing = byteLevelTokenizer({}, "{{ raise_exception('only assistants') }}");
    expect(() => refusing.chat(messages)).toThrow('[chat] the template must accept the messages, got: only assistants');
  });
});

test('tokenizer › broken files are clear errors', async () => {
  expect(() => new TextTokenizer({})).toThrow('[tokenizer.json] the tokenizer must be supported, got:');
  expect(() => new TextTokenizer(null)).toThrow('[tokenizer.json] the tokenizer must be supported, got:');
  expect(() => byteLevelTokenizer([])).toThrow('[tokenizer_config.json] the file must be an object, got []');
  await expect(TextTokenizer.load('/nowhere')).rejects.toThrow(
    '[tokenizer.json] the folder must hold the file, got none in /nowhere',
  );
});
