/** The server serves uPlot's own module under this name. */
export { default } from 'uplot';
