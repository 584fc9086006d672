// What a reader sees of a post: without tags and what is hidden in them, with signs as they are meant, and in little time.
import { expect, test } from 'vitest';
import { plainText, shortened } from '../../src/writer/plain-text.ts';

test.each([
  ['<p>Yksi</p><p>Kaksi<br/>kolme</p>', 'Yksi\nKaksi\nkolme'],
  ['sa<b>ma</b>na', 'samana'],
  ['&Auml;iti &amp; is&auml; &lt;b&gt; &#228;&#xE4; &unknown; &#x110000;', 'Äiti & isä <b> ää &unknown;'],
  ['&amp;lt;script&amp;gt;', '&lt;script&gt;'],
  ['a < b ja 3<4, x<y', 'a < b ja 3<4, x<y'],
  ['<script>alert("x")</script>a<style>p{}</style>b<!-- c -->d', 'a b d'],
  ['<script>never closed', ''],
  ['<!-- never closed', ''],
  ['<a title="5 > 3" href=\'>\'>linkki</a>', 'linkki'],
  ['<p\nclass="x">teksti</p\n>', 'teksti'],
  ['<IMG SRC=x onerror=alert(1)>kuva', 'kuva'],
  ['a\u0000b\u202ec\u200bd\u00ade\uFEFF', 'abcde'],
  ['a\r\n\r\n \t b', 'a\nb'],
  ['\ud800x', 'x'],
  ['👩‍🚀 &#128512;', '👩‍🚀 😀'],
  ['<ul><li>yksi</li><li>kaksi</li></ul>', 'yksi\nkaksi'],
  ['', ''],
])('%j is read as %j', (html, text) => expect(plainText(html)).toBe(text));

test.each(['<', '<a', '<a "', "<a '", '<!--', '<script>', '<script', '&#', '</', '<p "\'', '<a b="'])(
  '%j many times takes no time',
  (part) => {
    const started = performance.now();
    plainText(part.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(3000);
  },
);

test('is cut between words, and never in the middle of a sign', () => {
  expect(shortened('yksi kaksi kolme', 12)).toBe('yksi kaksi');
  expect(shortened('yksi kaksi kolme', 10)).toBe('yksi kaksi');
  expect(shortened('x'.repeat(20), 10)).toBe('x'.repeat(10));
  expect(shortened('😀'.repeat(20), 9)).toBe('😀'.repeat(4));
});
