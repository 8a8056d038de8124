console.log('0')
