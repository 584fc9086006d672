// What the rest of the service may use of imaging.
export { ImageRejected, type Pixels } from './decode.ts';
export { finishPicture, measurePicture } from './finish.ts';
export { fitReference, lightenReference, REFERENCE_MIME_TYPE } from './fit-reference.ts';
export { DIGITAL_SOURCE_TYPE } from './mark.ts';
export { samplePicture } from './sample.ts';
export { type Signer, SigningError, signPicture } from './sign.ts';
export { blankPicture, smallJpeg } from './small-jpeg.ts';
export { trainingPicture } from './training-picture.ts';
