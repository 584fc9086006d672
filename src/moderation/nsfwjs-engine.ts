// nsfwjs itself, on TensorFlow's WebAssembly: offline, from the files of its packages, which an operator installs beside us.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Three channels, eight bits each. */
interface Picture {
  data: Uint8Array;
  width: number;
  height: number;
}

export interface Engine {
  load(): Promise<(picture: Picture) => Promise<Record<string, number>>>;
}

// The few words of the packages that are used, since we build without them.
interface Tensor {
  dispose(): void;
}
interface TensorFlow {
  setBackend(name: 'wasm'): Promise<boolean>;
  tensor3d(values: Uint8Array, shape: [number, number, number], type: 'int32'): Tensor;
}
interface Wasm {
  setWasmPaths(folder: string): void;
}
interface Nsfwjs {
  load(
    model: string,
    options: { modelDefinitions: unknown[] },
  ): Promise<{
    classify(image: Tensor): Promise<{ className: string; probability: number }[]>;
  }>;
}

const WASM = '@tensorflow/tfjs-backend-wasm';

export const load: Engine['load'] = async () => {
  const tensorflow = (await import('@tensorflow/tfjs' as string)) as TensorFlow;
  const wasm = (await import(WASM)) as Wasm;
  wasm.setWasmPaths(`${dirname(fileURLToPath(import.meta.resolve(WASM)))}/`);
  if (!(await tensorflow.setBackend('wasm'))) throw new Error('WebAssembly is not to be had');
  const nsfwjs = (await import('nsfwjs/core' as string)) as Nsfwjs;
  const { MobileNetV2MidModel } = await import('nsfwjs/models/mobilenet_v2_mid' as string);
  const model = await nsfwjs.load('MobileNetV2Mid', { modelDefinitions: [MobileNetV2MidModel] });
  return async ({ data, width, height }) => {
    const image = tensorflow.tensor3d(data, [height, width, 3], 'int32');
    try {
      const classes = await model.classify(image);
      return Object.fromEntries(classes.map(({ className, probability }) => [className, probability]));
    } finally {
      image.dispose();
    }
  };
};
