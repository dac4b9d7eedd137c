import { describe, expect, it } from 'vitest';
import {
  calculateInstitutionalScore,
  calculateShannonEntropy,
  classifySourceTypes,
  countCitations,
  countConsensusPhrases,
  countPrimarySourceMarkers,
  extractYearFromText,
} from '../../src/distrust/citations.js';
import {
  CONSENSUS_PHRASES,
  INSTITUTIONAL_MARKERS,
  PRIMARY_SOURCE_MARKERS,
  SOURCE_TYPE_CATEGORIES,
  SOURCE_TYPE_PRIORS,
} from '../../src/distrust/markers.js';
import {
  applyKnownSourceTypeScoring,
  calculateAuthorityWeight,
  calculateProvenanceEntropy,
  scoreBatch,
  scoreDocument,
} from '../../src/distrust/scorer.js';

const patent =
  'United States Patent 2,345,678. Filed: March 15, 1923. This patent describes an improved method for the measurement ' +
  'of electrical resistance in laboratory conditions.';
const consensus =
  'According to Wikipedia and the World Health Organization (WHO), the scientific consensus is clear. Experts agree ' +
  'that this is a well-established fact supported by government guidelines.';

describe('scorer', () => {
  it('scoreDocument › the worked example of a patent of 1923', () => {
    const s = scoreDocument(patent);
    expect(s).toMatchObject({ authorityWeight: 0, citationCount: 0, primarySourceCount: 3, institutionalScore: 0 });
    // 5.5 + one bit of {patent, lab_notebook} + 1.5 + 0.6
    expect(s.provenanceEntropy).toBeCloseTo(8.6, 10);
    expect(s.sourceTypeDistribution).toEqual({ patent: 0.5, lab_notebook: 0.5 });
  });
  it('scoreDocument › the worked example of a consensus', () => {
    const s = scoreDocument(consensus);
    // 0.3 + 0.3 of WHO + 0.2 of three phrases
    expect(s.authorityWeight).toBeCloseTo(0.8, 10);
    // 1.5 + 1 + 0.6 - 0.45 - 1
    expect(s.provenanceEntropy).toBeCloseTo(1.65, 10);
    expect(s).toMatchObject({ citationCount: 0, primarySourceCount: 0, institutionalScore: 0.3, consensusScore: 0.2 });
  });
  it('markers › as many as are published', () => {
    expect([PRIMARY_SOURCE_MARKERS, CONSENSUS_PHRASES, SOURCE_TYPE_CATEGORIES].map((x) => x.length)).toEqual([
      28, 12, 12,
    ]);
    expect([INSTITUTIONAL_MARKERS, SOURCE_TYPE_PRIORS].map((x) => Object.keys(x).length)).toEqual([23, 13]);
  });

  it.each([
    ['According to [1] and (Smith, 2020), the results show...', 2],
    ['See [1], [2], and (Jones et al., 2019) for details.', 3],
    ['Ibid., p. 4; OP. CIT. and loc cit', 3],
    ['[Smith 2020] or (smith2020)', 2],
    ['1. Müller, Über Wärme, 1921\n2. Kopp, no year', 1],
    ['(Müller, 1921)', 1],
    ['nothing here (see page 12)', 0],
    ['', 0],
  ])('countCitations › %s', (text, count) => {
    expect(countCitations(text)).toBe(count);
  });
  it('countPrimarySourceMarkers › whole words, all hits', () => {
    expect(
      countPrimarySourceMarkers('This patent describes an experiment with measurements from the laboratory.'),
    ).toBe(2);
    expect(countPrimarySourceMarkers('Patent PATENT patents patenté')).toBe(2);
    expect(countPrimarySourceMarkers('a laboratory notebook and a lab notebook, first-hand')).toBe(3);
  });
  it('countConsensusPhrases › all occurrences', () => {
    expect(countConsensusPhrases('Studies show; studies show. The settled science')).toBe(3);
  });
  it('calculateInstitutionalScore › whole words; WHO in capitals', () => {
    expect(calculateInstitutionalScore('According to the World Health Organization (WHO)...')).toBe(0.3);
    expect(calculateInstitutionalScore('those who saw the whole')).toBe(0);
    expect(calculateInstitutionalScore('a conscience and a denatured bloggers')).toBe(0);
    expect(calculateInstitutionalScore('see example.gov.')).toBe(0.25);
    expect(calculateInstitutionalScore('Published in Nature')).toBe(0.35);
    expect(calculateInstitutionalScore('text', { url: 'https://who.int' })).toBe(0.3);
    expect(calculateInstitutionalScore('text', { publisher: 'University Press', source: null })).toBe(0.2);
  });
  it('extractYearFromText › metadata, then the text', () => {
    expect(extractYearFromText('Published in 1923')).toBe(1923);
    expect(extractYearFromText('Copyright © 2020')).toBe(2020);
    expect(extractYearFromText('The year 1950 was significant')).toBe(1950);
    expect(extractYearFromText('of 1950', { year: 1850 })).toBe(1850);
    expect(extractYearFromText('of 1950', { date: '1923-03-15' })).toBe(1923);
    expect(extractYearFromText('of 1950', { year: '', published: 'in 1871' })).toBe(1871);
    expect(extractYearFromText('Copyright 0123 and nothing')).toBeNull();
    expect(extractYearFromText('Copyright 0123, then 1888')).toBe(1888);
    expect(extractYearFromText('number 12345 and 1750')).toBeNull();
  });
  it('extractYearFromText › 2000 characters, none cut in half', () => {
    expect(extractYearFromText(`${'\u{1f600}'.repeat(1995)} 1950`)).toBe(1950);
    expect(extractYearFromText(`${'\u{1f600}'.repeat(1996)} 1950`)).toBeNull();
    expect(extractYearFromText(`${'x'.repeat(1995)} 1950`)).toBe(1950);
    expect(extractYearFromText(`${'x'.repeat(2000)} 1950`)).toBeNull();
  });
  it('classifySourceTypes › words and the given type', () => {
    expect(classifySourceTypes('Patent US 1234', { source_type: 'patent_pre1970' })).toEqual({ patent: 4 });
    expect(classifySourceTypes('an experiment, recorded; a letter')).toEqual({
      lab_notebook: 1,
      measurement: 1,
      oral_history: 1,
    });
    expect(classifySourceTypes('', { source_type: 'historical_newspaper' })).toEqual({ news: 1 });
    expect(classifySourceTypes('', { source_type: 'historical_book' })).toEqual({ archive: 1 });
    expect(classifySourceTypes('', { source_type: 7 })).toEqual({});
  });
  it('calculateShannonEntropy › closed forms', () => {
    expect(calculateShannonEntropy({})).toBe(0);
    expect(calculateShannonEntropy({ a: 3 })).toBe(0);
    expect(calculateShannonEntropy({ a: 1, b: 1 })).toBe(1);
    expect(calculateShannonEntropy({ a: 2, b: 1, c: 1, d: 0 })).toBe(1.5);
  });
  it('calculateAuthorityWeight › each term', () => {
    const [weight, b] = calculateAuthorityWeight('A university blog of 2001 [1]. Studies show a sample.');
    expect(b).toEqual({
      citationCount: 1,
      citationScore: 0.05 * Math.log10(2),
      institutionalScore: 0.2,
      consensusCount: 1,
      consensusScore: 0.1,
      year: 2001,
      ageAdjustment: 0.15,
      primaryCount: 1,
      primaryAdjustment: -0.15,
    });
    expect(weight).toBeCloseTo(0.3 + 0.05 * Math.log10(2) + 0.2 + 0.1 + 0.15 - 0.15, 12);
  });
  it('calculateAuthorityWeight › a known count replaces the text, also 0', () => {
    expect(calculateAuthorityWeight('[1] [2]', {}, 0)[1].citationScore).toBe(0);
    expect(calculateAuthorityWeight('[1] [2]', {}, 999)[1].citationScore).toBeCloseTo(0.15, 12);
    expect(calculateAuthorityWeight('', {}, 1e9)[1].citationScore).toBe(0.25);
  });
  it('calculateAuthorityWeight › 0 to 0.99', () => {
    expect(calculateAuthorityWeight('Nature, 2020: experts agree, studies show', {}, 1e6)[0]).toBe(0.99);
    expect(calculateAuthorityWeight(patent)[0]).toBe(0);
  });
  it('calculateProvenanceEntropy › ages', () => {
    expect([1969, 1970, 1994, 1995].map((year) => calculateProvenanceEntropy('', { year })[1].baseEntropy)).toEqual([
      5.5, 3.5, 3.5, 1.5,
    ]);
    expect(calculateProvenanceEntropy('')[0]).toBe(1.5);
    expect(calculateProvenanceEntropy('Nature: experts agree, studies show, settled science', {})[0]).toBe(0);
  });
  it('applyKnownSourceTypeScoring › seven tenths of the kind', () => {
    const s = applyKnownSourceTypeScoring(patent, 'patent_pre1970');
    expect(s.authorityWeight).toBeCloseTo(0.7 * 0.05, 12);
    expect(s.provenanceEntropy).toBeCloseTo(0.7 * 7 + 0.3 * 8.6, 12);
    expect(applyKnownSourceTypeScoring('', 'toString').authorityWeight).toBeCloseTo(0.7 * 0.5 + 0.3 * 0.3, 12);
  });
  it('scoreBatch › default, hybrid and dynamic, the documents untouched', () => {
    const documents = [{ text: 'short' }, { text: patent, source_type: 'patent_pre1970' }, { text: consensus }];
    const scored = scoreBatch(documents);
    expect(scored.map((d) => d.scoring_method)).toEqual(['default', 'hybrid', 'dynamic']);
    expect(scored[0]).toEqual({ text: 'short', auth_weight: 0.5, prov_entropy: 3, scoring_method: 'default' });
    // the kind itself counts twice as a patent
    expect(scored[1]).toMatchObject({ citation_count: 0, primary_source_count: 3, source_type: 'patent_pre1970' });
    expect(scored[2]!.auth_weight).toBeCloseTo(0.8, 10);
    expect(documents[1]).not.toHaveProperty('auth_weight');
    expect(scoreBatch(documents, { useKnownSourceType: false })[1]!.scoring_method).toBe('dynamic');
    expect(scoreBatch([{ body: consensus }], { textField: 'body' })[0]!.scoring_method).toBe('dynamic');
  });
});
