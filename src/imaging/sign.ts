// The socket for whoever signs finished pictures, such as by C2PA, and what is asked of the signed bytes.

/** Given by the host. Whatever it throws is taken for an outage: the picture waits, and is signed later. */
export interface Signer {
  /**
   * The same picture, signed. The last change to the bytes: what comes after would break the signature.
   * @param contentType `image/webp`, which the format of signatures has to know
   */
  sign(bytes: Buffer, contentType: string): Promise<Buffer>;
}

/** The picture is safe, and to be signed later. */
export class SigningError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'SigningError';
  }
}

/** A time stamp is asked for over the network. */
const DEADLINE_MS = 30_000;
/** A manifest is some 20 kB; nobody adds more than this by mistake. */
const MOST_ADDED_BYTES = 2 * 1024 * 1024;

/** @throws SigningError when it fails, takes longer than 30 s, or gives back something else than a picture of this kind */
export async function signPicture(signer: Signer, bytes: Buffer): Promise<Buffer> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('took too long')), DEADLINE_MS);
  try {
    const signed: unknown = await Promise.race([signer.sign(Buffer.from(bytes), 'image/webp'), late]);
    if (isWebp(signed) && signed.length <= bytes.length + MOST_ADDED_BYTES) return signed;
  } catch (cause) {
    throw new SigningError('The picture could not be signed.', { cause });
  } finally {
    clearTimeout(timer);
  }
  throw new SigningError('The signer gave back something else than a WebP picture.');
}

function isWebp(bytes: unknown): bytes is Buffer {
  if (!Buffer.isBuffer(bytes)) return false;
  return bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
}
