export default {
  content: ['./index.html', './src/**/*.{ts,tsx}'],
  theme: {
    extend: { colors: { ink: '#1c1917', paper: '#fbfaf8', line: '#e7e3dd', sand: '#f2efe9' } },
  },
};
