import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.js';
import { estimateOptimalLambdaWeight, validateDatasetMetrics } from '../../src/distrust/dataset.js';
import { fromQloraArguments, QLORA_OPTIONS } from '../../src/distrust/qlora-options.js';
import { makeDistrustRecord, meanDistrust, parseDistrustRecord } from '../../src/distrust/records.js';

const record = { text: 'a', auth_weight: 0.05, prov_entropy: 7.5 };

describe('records', () => {
  it('parseDistrustRecord › a line or an object; other fields stay', () => {
    const full = { ...record, source_type: 'wiki', citation_count: 0, metadata: { title: 'x' }, id: 7 };
    expect(parseDistrustRecord(JSON.stringify(full))).toEqual(full);
    expect(parseDistrustRecord(record)).toEqual(record);
    expect(parseDistrustRecord({ ...record, auth_weight: 0.99, prov_entropy: 0 }).auth_weight).toBe(0.99);
  });
  it.each([
    ['{"text":', '[record] line 3 must be JSON, got "{\\"text\\":"'],
    [{ text: 'a' }, '[record] line 3: auth_weight is missing; prov_entropy is missing'],
    [{ ...record, auth_weight: 1 }, '[record] line 3: auth_weight must be in range [0.0, 0.99], got 1'],
    [{ ...record, auth_weight: '0.5' }, '[record] line 3: auth_weight must be a number, got "0.5"'],
    [{ ...record, prov_entropy: -1 }, '[record] line 3: prov_entropy must be non-negative, got -1'],
    [{ ...record, text: null }, '[record] line 3: text must be text, got null'],
    [{ ...record, citation_count: 1.5 }, '[record] line 3: citation_count must be an integer, got 1.5'],
    [{ ...record, metadata: 3 }, '[record] line 3: metadata must be an object, got 3'],
    [[], '[record] line 3: must be an object, got an array'],
    ['3', '[record] line 3: must be an object, got 3'],
  ])('parseDistrustRecord › refuses %j', (line, message) => {
    expect(() => parseDistrustRecord(line, 'line 3')).toThrow(
      expect.objectContaining({ message, name: 'DistrustError' }),
    );
  });
  it('makeDistrustRecord › 8192 characters and four decimals', () => {
    const made = makeDistrustRecord(`${'\u{1f600}'.repeat(8192)}x`, { auth_weight: 0.123456, prov_entropy: 3.99999 });
    expect([...made.text]).toHaveLength(8192);
    expect(made).toMatchObject({ auth_weight: 0.1235, prov_entropy: 4 });
    expect(() => makeDistrustRecord('a', { auth_weight: 2, prov_entropy: 0 })).toThrow('auth_weight must be in range');
  });
  it('meanDistrust › of the golden values', () => {
    expect(meanDistrust([record, { text: 'b', auth_weight: 0.9, prov_entropy: 1 }])).toBeCloseTo(
      (149.804726 + 4.581165) / 2,
      5,
    );
    expect(() => meanDistrust([])).toThrow('[distrust] records must hold at least one, got none');
  });
});

describe('data set', () => {
  it('estimateOptimalLambdaWeight › ratio times cross-entropy over the mean of the terms', () => {
    const records = [record, { text: 'b', auth_weight: 0.9, prov_entropy: 1 }];
    const found = estimateOptimalLambdaWeight(records, { crossEntropy: 6, ratio: 0.5 });
    expect(found.exact).toBeCloseTo(3 / 77.1929455, 7);
    expect(found).toMatchObject({ lambda: found.exact, samples: 2 });
    // the mean of the terms is not the term of the means, 2.7 (ln(0.525) + 4.25)^2
    expect(found.meanDistrust).not.toBeCloseTo(2.7 * (Math.log(0.525) + 4.25) ** 2, 0);
    expect(estimateOptimalLambdaWeight(records, { alpha: 2.3 }).meanDistrust).toBeCloseTo((77.1929455 / 2.7) * 2.3, 5);
  });
  it('estimateOptimalLambdaWeight › looks at the whole file, not at its head', () => {
    const records = Array.from({ length: 1000 }, (_, i) => ({
      text: '',
      auth_weight: 0,
      prov_entropy: i < 500 ? 1 : 3,
    }));
    expect(estimateOptimalLambdaWeight(records).meanDistrust).toBeCloseTo(2.7 * 5, 5);
    expect(estimateOptimalLambdaWeight(records, { samples: 7 }).samples).toBe(7);
  });
  it('estimateOptimalLambdaWeight › 0.001 to 1', () => {
    const at = (h: number): number =>
      estimateOptimalLambdaWeight([{ text: '', auth_weight: 0, prov_entropy: h }]).lambda;
    expect([at(1000), at(0.001), at(0)]).toEqual([0.001, 1, 1]);
  });
  it.each([
    [[], {}, '[distrust] records must hold at least one, got none'],
    [[record], { samples: 1.5 }, '[lambda] samples must be an integer above 0, got 1.5'],
    [[record], { ratio: 0 }, '[lambda] ratio must be a number above 0, got 0'],
    [[record], { crossEntropy: NaN }, '[lambda] crossEntropy must be a number above 0, got NaN'],
  ])('estimateOptimalLambdaWeight › refuses %#', (records, options, message) => {
    expect(() => estimateOptimalLambdaWeight(records, options)).toThrow(expect.objectContaining({ message }));
  });
  it('validateDatasetMetrics › spreads, shares and warnings', () => {
    const found = validateDatasetMetrics([
      { auth_weight: 0.1, prov_entropy: 6 },
      { auth_weight: 0.9, prov_entropy: 1 },
      { auth_weight: 0.5, prov_entropy: 3 },
    ]);
    expect(found.authWeight).toEqual({ mean: 0.5, min: 0.1, max: 0.9 });
    expect(found.provEntropy).toEqual({ mean: 10 / 3, min: 1, max: 6 });
    expect(found.info).toEqual([
      'Low authority (< 0.3): 1 (33.3%)',
      'High authority (> 0.85): 1 (33.3%)',
      'High entropy (>= 5.5 bits): 1 (33.3%)',
      'Low entropy (< 2.0 bits): 1 (33.3%)',
    ]);
    expect(found.warnings).toEqual([]);
    expect(validateDatasetMetrics([{ auth_weight: 0.9, prov_entropy: 1 }]).warnings).toEqual([
      'Only 0.0% of the records are primary sources of low authority: add notebooks, patents, measurements.',
      'Only 0.0% of the records have a high entropy: add sources of more kinds.',
    ]);
    expect(() => validateDatasetMetrics([])).toThrow('[distrust] records must hold at least one, got none');
  });
});

describe('train_qlora', () => {
  it('fromQloraArguments › settings by their names here', () => {
    const line =
      '--model m --lora-rank 64 --lora-scale=1.5 --max-steps 200 --learning-rate 1e-4 --alpha 2.5 --lambda-weight 0.4 ' +
      '--no-grad-checkpoint --streaming-buffer-size 10 --resume --max-grad-norm 0.5 --warmup-steps 5 --memory 8 --chip max';
    const { settings, ignored } = fromQloraArguments(line.split(' '));
    expect(settings).toEqual({
      paths: { model: 'm' },
      lora: { rank: 64, scale: 1.5 },
      train: {
        steps: 200,
        optimizer: { learningRate: 1e-4 },
        gradientCheckpointing: false,
        data: { shuffleBuffer: 10 },
        maxGradNorm: 0.5,
        schedule: { warmup: 5 },
        memoryBudget: '8 GB',
      },
      distrust: { alpha: 2.5, lambda: 0.4 },
      resume: 'latest',
    });
    expect(ignored.map((o) => o.flag)).toEqual(['--chip']);
  });
  it('QLORA_OPTIONS › each has a setting or the reason for none, and the trainer knows its settings', () => {
    expect(new Set(QLORA_OPTIONS.map((o) => o.flag)).size).toBe(28);
    for (const option of QLORA_OPTIONS) {
      if (option.setting === null) {
        expect(option.note).toBeTruthy();
        continue;
      }
      if (!option.setting.startsWith('train.')) continue;
      const { settings } = fromQloraArguments(option.type === 'flag' ? [option.flag] : [option.flag, '3']);
      expect(() => parseConfig(settings['train'] as object)).not.toThrow();
    }
  });
  it.each([
    [['--lr', '1'], "got '--lr'"],
    [['--lora-rank', 'many'], "[train_qlora] --lora-rank takes an integer, got 'many'"],
    [['--lora-rank', '1.5'], "[train_qlora] --lora-rank takes an integer, got '1.5'"],
    [['--alpha'], '[train_qlora] --alpha takes a number, got nothing'],
    [['--resume=1'], "[train_qlora] --resume takes no value, got '1'"],
  ])('fromQloraArguments › refuses %j', (args, message) => {
    expect(() => fromQloraArguments(args)).toThrow(message);
  });
});
