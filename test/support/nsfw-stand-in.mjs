// In place of nsfwjs in its thread: by the colour of the first pixel it judges, fails, dies, is silent, or talks nonsense.
export async function load() {
  return async ({ data: [red, green, blue] }) => {
    if (blue > 200 && red < 50) throw new Error('it cannot be read');
    if (green > 200 && red < 50) process.exit(1);
    if (red > 200 && green > 200 && blue < 50) return new Promise(() => {});
    if (red > 200 && blue > 200 && green < 50) return { Porn: 'very' };
    return red > 200 && green < 50 ? { Porn: 0.5, Hentai: 0.4 } : { Porn: 0.1, Hentai: 0.5 };
  };
}
