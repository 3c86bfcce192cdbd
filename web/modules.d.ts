/** The page's own text (`genesis.ts`). */
declare module 'virtual:genesis' {
  const text: string;
  export default text;
}
