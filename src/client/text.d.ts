// Style sheets of libraries are bundled as text, to be adopted without an inline style.
declare module '*.css' {
  const text: string;
  export default text;
}
