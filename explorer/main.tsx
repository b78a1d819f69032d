import '@picocss/pico/css/pico.cyan.min.css';
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/layout.css';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { App } from './App.js';
import { basePath } from './node/connection.js';

// Its URL is relative to the opened path, and the path changes with each view.
const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')!;
icon.setAttribute('href', icon.href);

createRoot(document.getElementById('root')!).render(
  <Router base={basePath}>
    <App />
  </Router>,
);
