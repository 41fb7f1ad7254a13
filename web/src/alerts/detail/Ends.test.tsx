import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import type { AlertDetail, Observer } from '../../api/types'
import { Ends, hasEnds, Observers } from './Ends'

afterEach(cleanup)

// The API leaves out what is empty, whatever the schema's defaults say.
function ends(source: object, dest: object, trueClient = ''): AlertDetail {
  return { endpoints: { source, dest, true_client: trueClient } } as AlertDetail
}

const GATEWAY = {
  kind: 'pod',
  name: 'gateway-0',
  workload_kind: 'StatefulSet',
  workload: 'gateway',
  node: 'n2',
  labels: { app: 'gateway' },
  images: ['shop/gateway:1'],
  service: 'pay/gateway',
  service_port: 80,
}

function shown(): string[] {
  return screen.queryAllByRole('term').map((term) => `${term.textContent}: ${term.nextSibling?.textContent}`)
}

describe('Ends', () => {
  it('tells what is known of each end, and leaves out the rest', () => {
    render(<Ends detail={ends({ country: 'Germany', asn: 'AS64500 Example' }, GATEWAY, '203.0.113.7')} />)
    expect(shown()).toEqual([
      'Place: Germany, AS64500 Example',
      'True client: 203.0.113.7 (as a proxy says)',
      'Workload: StatefulSet gateway',
      'Reached by: pay/gateway, port 80',
      'Runs on: n2',
      'Images: shop/gateway:1',
      'Labels: app=gateway',
    ])
  })

  it('names a node and a Service', () => {
    render(<Ends detail={ends({ kind: 'node', name: 'n1', node: 'n1' }, { kind: 'service', name: 'web', service_port: 80 })} />)
    expect(shown()).toEqual(['Address of: a node, n1', 'Address of: a Service, web', 'Reached by: port 80'])
  })

  it('knows when there is nothing to tell', () => {
    expect(hasEnds(ends({}, {}))).toBe(false)
    expect(hasEnds(ends({}, { kind: 'pod', name: 'x', node: 'n1' }))).toBe(true)
    expect(hasEnds(ends({}, {}, '203.0.113.7'))).toBe(true)
  })
})

describe('Observers', () => {
  it('lists every pod that saw it, the owner first', () => {
    const observers = [
      { host: 'n2', origin: 'dpi.pay/watch', namespace: 'pay', pod: 'gateway-0', interface: '', side: 'server' },
      { host: 'n1', origin: 'dpi.shop/watch', namespace: 'shop', pod: 'checkout', interface: '', side: 'unknown' },
    ] satisfies Observer[]
    render(<Observers observers={observers} />)
    expect(screen.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
      'pay/gateway-0, server on n2 for dpi.pay/watch',
      'shop/checkout on n1 for dpi.shop/watch',
    ])
  })
})
