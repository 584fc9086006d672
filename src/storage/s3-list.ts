// Lists our pictures in a bucket, page by page, and none of what else may be kept in it.
import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { isGeneratedKey, PICTURES } from './keys.ts';
import { type Bucket, within } from './s3-calls.ts';
import { type ListedObject, StorageError } from './storage.ts';

export async function* listPictures(bucket: Bucket): AsyncGenerator<ListedObject[]> {
  let token: string | undefined;
  let last = '';
  do {
    const answer = await requestPage(bucket, token);
    const page = picturesOf(answer);
    for (const { key } of page) {
      if (key <= last)
        throw new StorageError('The picture store does not list its objects in the order of their keys.');
      last = key;
    }
    yield page;
    const next = answer.IsTruncated ? answer.NextContinuationToken : undefined;
    if (answer.IsTruncated && (!next || next === token))
      throw new StorageError('The picture store ends its list half-way.');
    token = next;
  } while (token);
}

function requestPage(bucket: Bucket, token: string | undefined): Promise<ListObjectsV2CommandOutput> {
  return within(bucket.totalMs, 'list the pictures', async (abortSignal) => {
    const request = { Bucket: bucket.name, Prefix: PICTURES, ContinuationToken: token, EncodingType: 'url' as const };
    const answer = await bucket.client.send(new ListObjectsV2Command(request), { abortSignal });
    // A login page that answers 200 would be read as an empty bucket, were it not for the prefix that S3 repeats.
    if (decoded(answer.Prefix) !== PICTURES) {
      throw new StorageError('Something that is not S3 answered in the place of the picture store.');
    }
    return answer;
  });
}

function picturesOf({ Contents = [] }: ListObjectsV2CommandOutput): ListedObject[] {
  return Contents.map(({ Key, Size, LastModified }) => ({
    key: decoded(Key),
    size: Size ?? -1,
    lastModified: LastModified?.getTime() ?? Number.NaN,
  })).filter(({ key }) => isGeneratedKey(key));
}

/** Encoded, because a stranger's key may hold what XML cannot. One that cannot be decoded is none of ours. */
function decoded(text = ''): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return '';
  }
}
