import { expect, test } from 'vitest'
import { hostingCompanyOf } from './known-hosts.ts'

test.each([
  ['brave-curie-671954.netlify.app', 'Netlify'],
  ['netlify.app', 'Netlify'],
  ['notnetlify.app', undefined],
  ['netlify.app.example.test', undefined],
  ['User.GitHub.io', 'GitHub Pages'],
  ['whispering-willow-5678.herokudns.com', 'Heroku'],
  ['f42a7fce174242fa.vercel-dns-017.com', 'Vercel'],
  ['cname.vercel-dns.com', 'Vercel'],
  ['cname.vercel-dns-.com', undefined],
  ['shops.myshopify.com', 'Shopify'],
  ['ext-cust.squarespace.com', 'Squarespace'],
  ['cdn1.wixdns.net', 'Wix'],
  ['proxy-ssl.webflow.com', 'Webflow'],
  ['dualstack.d.sni.global.fastly.net', 'Fastly'],
  ['app.azurewebsites.net', 'Azure'],
  ['d111111abcdef8.cloudfront.net', 'AWS CloudFront'],
  ['lb-1234567890.us-west-2.elb.amazonaws.com', 'an AWS load balancer'],
  ['lb-0123456789abcdef.elb.eu-central-1.amazonaws.com', 'an AWS load balancer'],
  ['shop.s3-website-us-west-2.amazonaws.com', 'AWS S3'],
  ['shop.s3-website.eu-central-1.amazonaws.com', 'AWS S3'],
  ['ec2-192-0-2-1.compute-1.amazonaws.com', undefined],
  ['', undefined],
])('%s is at %s', (name, company) => {
  expect(hostingCompanyOf([name], [])).toBe(company)
})

test.each([
  ['185.199.110.153', 'GitHub Pages'],
  ['2606:50c0:8002:0:0::153', 'GitHub Pages'],
  ['75.2.60.5', 'Netlify'],
  ['192.0.2.1', undefined],
])('the address %s is of %s, also beside others and after names of nobody', (address, company) => {
  expect(hostingCompanyOf(['a.example.test'], ['192.0.2.9', address])).toBe(company)
})
