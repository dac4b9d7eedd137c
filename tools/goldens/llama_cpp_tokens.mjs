// Writes tests/goldens/llama/tokens.json: what llama.cpp makes of texts with the vocabularies of tests/goldens/llama/tokenizers.
//
// Needs node-llama-cpp 3.22.1 in a folder of its own: node tools/goldens/llama_cpp_tokens.mjs FOLDER
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const goldens = fileURLToPath(new URL('../../tests/goldens/llama/', import.meta.url));
const home = join(resolve(process.argv[2] ?? '.'), 'node_modules/node-llama-cpp');
const { version, exports: entries } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(join(home, entries['.'].import)).href);

const TEXTS = [
  'The primary source says otherwise.',
  ' a leading space',
  'two  spaces,   three    four     five      six       seven',
  'aaaa aaaaa aaaaaa aaaaaaaaaaaaaaa',
  'a trailing space ',
  '   ',
  "I'm sure they'll say WE'RE late, SHE'D go, it'S",
  '1 22 333 4444 55555 1,234,567.89 year 2024',
  '12345 unmerged 123 x123',
  'line one\nline two\n\n\nline five\r\n\ttabbed\n  ',
  'Zürich naïve café élan Ærø',
  '日本語のテキスト、漢字とかな',
  'Привет мир, как дела?',
  'مرحبا بالعالم',
  '🙂🙃 👩‍👩‍👧 flag 🇨🇭',
  'x = f(a[0]) + {"key": -1.5e-3}; // comment!?',
  '<s> is a tag, </s> too, <unk> and <0x0A>',
  'a<|user|>b <|user|> c<|end|><|eot_id|>d',
  '<|user|><|user|>',
  'https://example.org/a_b-c?d=e&f=%20#g',
  'e\u0301 combining, \u00a0nbsp, \u200bzero width, \ufeffbom',
  "$100 + 5% = £80 ~ ^ | <=> ``quoted'' “curly”",
  '½ ² Ⅳ ٣ ५',
];

const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error });
const files = {};
for (const name of readdirSync(join(goldens, 'tokenizers')).sort()) {
  const model = await llama.loadModel({ modelPath: join(goldens, 'tokenizers', name), gpuLayers: 0, vocabOnly: true });
  const ids = TEXTS.map((text) => model.tokenize(text, true));
  files[name] = {
    ids,
    texts: ids.map((list) => model.detokenize(list, false)),
    bos: model.tokens.bos,
    eos: model.tokens.eos,
  };
  files[name].begins = model.tokens.shouldPrependBosToken;
  files[name].ends = model.tokens.shouldAppendEosToken;
  await model.dispose();
}
await llama.dispose();
const result = { 'node-llama-cpp': version, 'llama.cpp': llama.llamaCppRelease.release, texts: TEXTS, files };
writeFileSync(join(goldens, 'tokens.json'), `${JSON.stringify(result)}\n`);
