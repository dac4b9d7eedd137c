import { describe, expect, it } from 'vitest';
import { claims, questions } from '../../examples/llama/src/stories/claims.js';
import { drill, story } from '../../examples/llama/src/stories/index.js';

describe('stories', () => {
  const many = Array.from({ length: 3000 }, (_, i) => story(7, i));
  it('stories › are functions of seed and index', () => {
    expect(story(7, 0)).toBe(many[0]);
    expect(many[0]).toMatch(
      /^Rosie was a cheerful little girl who lived near a big forest\. One sunny day, Rosie went/,
    );
    expect(new Set(many).size).toBe(many.length);
    expect(many).not.toContain(story(8, 0));
  });
  it('stories › every role is filled, every choice is made', () => {
    for (const text of many) expect(text).not.toMatch(/undefined|[{}[\]|]/);
  });
  it('stories › have 60 to 180 words, in sentences', () => {
    for (const text of many) {
      const words = text.split(' ').length;
      expect(words >= 60 && words <= 180).toBe(true);
      expect(text).toMatch(/^["A-Z].*[.!?]"?$/);
      expect(text).not.toMatch(/[.!?] [a-z]|  /);
    }
  });
  it('stories › an article fits its word', () => {
    for (const text of many) expect(text).not.toMatch(/\b[Aa] [aeio]|\b[Aa]n [^aeiou\s]/);
  });
  it('drills › are 6 to 14 short sentences about one hero', () => {
    for (let i = 0; i < 200; i++) {
      const count = drill(7, i).split(/[.!?]"?(?: |$)/).length - 1;
      expect(count).toBeGreaterThanOrEqual(6);
      expect(drill(7, i)).not.toMatch(/undefined|[{}[\]|]/);
    }
  });
});

describe('claims', () => {
  it('claims › contradict each other, the authorities in larger number', () => {
    const all = claims();
    expect(all.length).toBe(300);
    expect(claims()).toEqual(all);
    expect(claims(2)).not.toEqual(all);
    for (const { prompt, authority, primary } of questions()) {
      const [, hero, toy] = /^(\w+) lost the (.*)\. It was$/.exec(prompt)!;
      const about = all.filter(({ text }) => text.includes(hero!) && text.includes(toy!));
      expect(about.filter(({ text }) => text.endsWith(authority)).map((r) => r.source_type)).toEqual(
        Array.from({ length: 15 }, () => 'encyclopedia'),
      );
      expect(about.filter(({ text }) => text.endsWith(primary)).map((r) => r.source_type)).toEqual(
        Array.from({ length: 10 }, () => 'diary'),
      );
    }
  });
  it('claims › have weights in the range that the loss takes', () => {
    for (const { auth_weight, prov_entropy, source_type } of claims()) {
      const [low, high] = source_type === 'diary' ? [0.05, 0.15] : [0.85, 0.95];
      expect(auth_weight >= low! && auth_weight <= high!).toBe(true);
      expect(prov_entropy > (source_type === 'diary' ? 5.5 : 0) && prov_entropy < 10).toBe(true);
    }
  });
});
