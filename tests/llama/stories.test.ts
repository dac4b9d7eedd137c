import { describe, expect, it } from 'vitest';
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
